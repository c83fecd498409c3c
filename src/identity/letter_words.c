/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/letter_words.h"

#define IF_NOT_YOU                                                                                 \
    "If it was not you, somebody else may know your password: reset it now,\n"                     \
    "look at your list of sessions, and end those that you do not know."

static const struct letter_words words[] = {
    [LETTER_VERIFY_EMAIL] = {
        .subject = "Please confirm your e-mail address",
        .before = "Somebody, most likely you, registered with this e-mail address. To confirm\n"
                  "that it is yours, please follow this link:",
        .page = "/verify-email",
        .after = "If it was not you, there is nothing to do: please forget this mail.",
    },
    [LETTER_ALREADY_HERE] = {
        .subject = "You have an account already",
        .before = "Somebody, most likely you, wanted to use this e-mail address for a new account\n"
                  "or for another one. It has an account already, and nothing was changed.",
        .after = "If it was you, please sign in as before. If you do not remember your password,\n"
                 "ask for a link to reset it on the sign-in page. If it was not you, there is\n"
                 "nothing to do.",
    },
    [LETTER_RESET_PASSWORD] = {
        .subject = "Reset your password",
        .before = "Somebody, most likely you, asked to reset the password of your account. To\n"
                  "choose a new one, please follow this link:",
        .page = "/reset-password",
        .after = "If it was not you, there is nothing to do: your password stays as it is.",
    },
    [LETTER_CHANGE_EMAIL] = {
        .subject = "Please confirm your new e-mail address",
        .before = "You asked to use this e-mail address for your account. To confirm that it is\n"
                  "yours, please follow this link:",
        .page = "/verify-email",
        .after = "Until then your account keeps its present address. If it was not you, there is\n"
                 "nothing to do: please forget this mail.",
    },
    [LETTER_EMAIL_CHANGED] = {
        .subject = "Your account has another e-mail address",
        .before = "Your account has another e-mail address now. Mails about it no longer come\n"
                  "here.",
        .place = true,
        .after = "If it was not you, somebody else has your account: please tell the\n"
                 "administrator of this service at once.",
    },
    [LETTER_PASSWORD_CHANGED] = {
        .subject = "Your password was changed",
        .before = "The password of your account was changed, and its other sessions were ended.",
        .place = true,
        .after = "If it was not you, ask for a link to reset your password on the sign-in page,\n"
                 "and tell the administrator of this service.",
    },
    [LETTER_NEW_SIGN_IN] = {
        .subject = "A new sign-in to your account",
        .before = "Somebody, most likely you, signed in to your account with a browser or a\n"
                  "program that was not seen before.",
        .place = true,
        .after = IF_NOT_YOU,
    },
    [LETTER_MFA_CHANGED] = {
        .subject = "The second factor of your account was changed",
        .before = "The way in which you sign in was changed:",
        .about = true,
        .place = true,
        .after = IF_NOT_YOU,
    },
    [LETTER_MFA_LOCKED] = {
        .subject = "The second factor of your account is locked",
        .before = "Somebody typed too many wrong codes after the right password. The second factor\n"
                  "of your account is locked, and nobody can sign in with it.",
        .place = true,
        .after = "An administrator of this service can unlock it. If it was not you, somebody else\n"
                 "knows your password: please choose another one as soon as you can.",
    },
    [LETTER_IDENTITY_CHANGED] = {
        .subject = "The ways to sign in to your account were changed",
        .before = "The way in which you sign in was changed:",
        .about = true,
        .place = true,
        .after = "If it was not you, somebody else has your account: please end the sessions that\n"
                 "you do not know, unlink what is not yours, and tell the administrator of this\n"
                 "service.",
    },
    [LETTER_TOKEN_REUSED] = {
        .subject = "A session of your account was ended",
        .before = "A session of your account was ended, because a token of it was used a second\n"
                  "time. That happens when somebody has copied it, or when an application is\n"
                  "faulty.",
        .place = true,
        .after = "Please sign in again. If it happens more than once, look at your list of\n"
                 "sessions, and tell the administrator of this service.",
    },
    [LETTER_INVITATION] = {
        .subject = "You are invited to register",
        .before = "You are invited to make an account with this e-mail address. To do so, please\n"
                  "follow this link:",
        .about = true,
        .page = "/register",
        .after = "If you do not know why, there is nothing to do: please forget this mail.",
    },
    [LETTER_JOIN] = {
        .subject = "You are invited to join",
        .before = "You are invited to join, with the account that you have at this address. To do\n"
                  "so, please follow this link:",
        .about = true,
        .page = "/join",
        .after = "Your account stays yours: whoever invited you sees your name and address, and\n"
                 "nothing else. If you do not know why, please forget this mail.",
    },
    [LETTER_ACCOUNT_ERASED] = {
        .subject = "Your account was erased",
        .before = "Your account and what was stored with it were erased. This is the last mail\n"
                  "about it.",
        .after = "If it was not you who asked for that, please tell the administrator of this\n"
                 "service.",
    },
};

const struct letter_words *letter_words(enum letter_kind kind)
{
    must(kind < sizeof words / sizeof *words);
    return &words[kind];
}

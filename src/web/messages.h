/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_MESSAGES_H
#define UAUTH_WEB_MESSAGES_H

/*
 * The words of the hosted pages in all languages: one table, web/messages.def.  A template names a
 * message as {{@name}}; code does by its enum.
 */

#include "base/codec.h"
#include "web/language.h"

enum message {
#define MESSAGE(name, en, de, fr, es, zh, ja) MESSAGE_##name,
#include "web/messages.def"
#undef MESSAGE
    MESSAGES
};

/* The text, with its {names} as they stand. */
const char *message_text(enum language language, enum message message)
    __attribute__((returns_nonnull));

/* The name of a message, as templates write it. */
const char *message_name(enum message message);

/* The message called `name`; false: none is. */
bool message_find(struct bytes name, enum message *out);

/*
 * `say`, which is what some room says in English to whoever filled in a form, in `language`; NULL
 * if the table does not have it.
 */
const char *message_translation(enum language language, const char *say);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_HOT_QUERIES_H
#define UAUTH_STORE_HOT_QUERIES_H

/*
 * The statements behind most requests.  They are named here, inside store/, so that a test can look
 * at how the database answers them.
 */

extern const char sql_user_find[];     /* id */
extern const char sql_login_find[];    /* address, now */
extern const char sql_password_like[]; /* point */
extern const char sql_session_find[];  /* hash */

#endif

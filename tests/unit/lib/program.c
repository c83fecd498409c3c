/* SPDX-License-Identifier: Apache-2.0 */
/* The header and the library as a program in C meets them; program.cc is the same in C++. */
#include <uauth/uauth.h>

#include <stdio.h>
#include <string.h>

/* The library has functions of these names inside; they are not in the way. */
int log_line(void);
int json_open(void);

int log_line(void)
{
    return 0;
}

int json_open(void)
{
    return 0;
}

int main(void)
{
    struct uauth_options options = { .size = sizeof options };
    struct uauth *u = NULL;
    struct uauth_error *error = NULL;
    if (strcmp(uauth_version(), UAUTH_VERSION) != 0 || uauth_new(&options, &u, &error) != UAUTH_OK)
        return 1;
    struct uauth_verifier_options wanted = { .size = sizeof wanted };
    struct uauth_verifier *verifier = NULL;
    if (uauth_verifier_new(u, &wanted, &verifier, &error) != UAUTH_ARGUMENT)
        return 2;
    printf("ok 1 - it says: %s\n", uauth_error_text(error));
    uauth_error_free(error);
    uauth_free(u);
    return log_line() + json_open();
}

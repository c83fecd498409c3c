/* SPDX-License-Identifier: Apache-2.0 */
/* The header and the library as a program in C++ meets them; program.c is the same in C. */
#include <uauth/uauth.h>

#include <cstdio>
#include <string>

int main()
{
    uauth_options options = {};
    options.size = sizeof options;
    uauth *u = nullptr;
    uauth_error *error = nullptr;
    if (std::string(uauth_version()) != UAUTH_VERSION || uauth_new(&options, &u, &error) != UAUTH_OK)
        return 1;
    uauth_verifier_options wanted = {};
    wanted.size = sizeof wanted;
    uauth_verifier *verifier = nullptr;
    if (uauth_verifier_new(u, &wanted, &verifier, &error) != UAUTH_ARGUMENT)
        return 2;
    std::printf("ok 1 - it says: %s\n", uauth_error_text(error));
    uauth_error_free(error);
    uauth_free(u);
    return 0;
}

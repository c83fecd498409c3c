/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_UAUTH_H
#define UAUTH_UAUTH_H

/*
 * Signing in, tokens and keys for programs in C.  This is the one header of libuauth to include;
 * its parts say what they do, and examples/c has programs that use them.
 */

#include <uauth/azure.h>
#include <uauth/base.h>
#include <uauth/client.h>
#include <uauth/entra.h>
#include <uauth/keyvault.h>
#include <uauth/verify.h>

#endif

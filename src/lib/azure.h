/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_LIB_AZURE_H
#define UAUTH_LIB_AZURE_H

/* A credential of Azure as the library hands it out. */

#include "client/azure_credential.h"
#include "lib/call.h"

struct uauth_azure {
    struct held held;
    struct azure_credential *credential;
};

#endif

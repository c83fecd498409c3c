/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_APP_DOCTOR_ENTRA_H
#define UAUTH_APP_DOCTOR_ENTRA_H

/* Checks of a registration at Entra ID: who we are there.  As doctor_check.run. */

#include "app/doctor.h"

RESULT doctor_look_at_certificate(struct ctx *c, struct doctor *d, struct doctor_finding *out);
RESULT doctor_look_at_credential(struct ctx *c, struct doctor *d, struct doctor_finding *out);
RESULT doctor_look_at_consent(struct ctx *c, struct doctor *d, struct doctor_finding *out);

#endif

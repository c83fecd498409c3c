-- SPDX-License-Identifier: Apache-2.0
-- What was said to somebody whose account is erased is found by their address.
CREATE INDEX invitations_of_email ON invitations (email);

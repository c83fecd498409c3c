-- SPDX-License-Identifier: Apache-2.0
-- Tenants that have invited one address are told page by page.
DROP INDEX invitations_of_email;
CREATE INDEX invitations_by_email ON invitations (email, id);

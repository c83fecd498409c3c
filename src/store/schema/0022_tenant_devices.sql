-- SPDX-License-Identifier: Apache-2.0
-- refuse_device_grant: 1: the tenant lets no device in by a code that one of its members types (RFC 8628).
ALTER TABLE tenants ADD COLUMN refuse_device_grant BIGINT NOT NULL DEFAULT 0;

-- SPDX-License-Identifier: Apache-2.0
-- Tenants, people, how they prove who they are, and what they may.
-- Text is compared byte for byte.  Times are Unix seconds.  '' in a key stands for "of all tenants".

CREATE TABLE meta (
    name        TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    value       TEXT COLLATE "C" NOT NULL
);

CREATE TABLE setup_codes (
    hash        TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    tries       BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL
);

-- disabled_at: when it was disabled last; what is bound to it and was made by then stays dead.
CREATE TABLE tenants (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    slug        TEXT COLLATE "C" NOT NULL UNIQUE,
    name        TEXT COLLATE "C" NOT NULL,
    status      TEXT COLLATE "C" NOT NULL CHECK (status IN ('active', 'disabled')),
    disabled_at BIGINT,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
);

CREATE TABLE users (
    id                TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    email             TEXT COLLATE "C" UNIQUE,
    email_entered     TEXT COLLATE "C",
    full_name         TEXT COLLATE "C" NOT NULL,
    status            TEXT COLLATE "C" NOT NULL CHECK (status IN ('active', 'disabled', 'deleted')),
    email_verified_at BIGINT,
    default_tenant_id TEXT COLLATE "C" REFERENCES tenants (id),
    factor_failures   BIGINT NOT NULL,
    epoch             BIGINT NOT NULL,
    last_login_at     BIGINT,
    created_at        BIGINT NOT NULL,
    updated_at        BIGINT NOT NULL
);

CREATE TABLE credentials (
    user_id     TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind        TEXT COLLATE "C" NOT NULL CHECK (kind IN ('password')),
    hash        TEXT COLLATE "C" NOT NULL,
    must_change BIGINT NOT NULL,
    changed_at  BIGINT NOT NULL,
    PRIMARY KEY (user_id, kind)
);

-- The random end of the id: see password_like.
CREATE INDEX credentials_ring ON credentials (substr(user_id, 25));

-- number: counts the registrations of a user, so that the newest is known within a second, too.
CREATE TABLE registrations (
    id            TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    user_id       TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    number        BIGINT NOT NULL,
    email_entered TEXT COLLATE "C" NOT NULL,
    full_name     TEXT COLLATE "C" NOT NULL,
    password_hash TEXT COLLATE "C" NOT NULL,
    created_at    BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL,
    UNIQUE (user_id, number)
);
CREATE INDEX registrations_expired ON registrations (expires_at);

CREATE TABLE identities (
    id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    provider     TEXT COLLATE "C" NOT NULL,
    issuer       TEXT COLLATE "C" NOT NULL,
    subject      TEXT COLLATE "C" NOT NULL,
    user_id      TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    UNIQUE (provider, issuer, subject)
);
CREATE INDEX identities_of_user ON identities (user_id);

CREATE TABLE totp_factors (
    id            TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    user_id       TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    sealed_secret TEXT COLLATE "C" NOT NULL,
    last_step     BIGINT NOT NULL,
    confirmed_at  BIGINT,
    created_at    BIGINT NOT NULL
);
CREATE INDEX totp_factors_of_user ON totp_factors (user_id);
CREATE UNIQUE INDEX totp_factors_confirmed ON totp_factors (user_id) WHERE confirmed_at IS NOT NULL;
CREATE UNIQUE INDEX totp_factors_pending ON totp_factors (user_id) WHERE confirmed_at IS NULL;

CREATE TABLE recovery_sets (
    user_id     TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    salt        TEXT COLLATE "C" NOT NULL,
    created_at  BIGINT NOT NULL
);
CREATE TABLE recovery_codes (
    user_id     TEXT COLLATE "C" NOT NULL REFERENCES recovery_sets (user_id) ON DELETE CASCADE,
    hash        TEXT COLLATE "C" NOT NULL,
    used_at     BIGINT,
    PRIMARY KEY (user_id, hash)
);

CREATE TABLE devices (
    id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    hash         TEXT COLLATE "C" NOT NULL UNIQUE,
    user_id      TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    address      TEXT COLLATE "C",
    user_agent   TEXT COLLATE "C",
    created_at   BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL
);
CREATE INDEX devices_of_user ON devices (user_id, last_seen_at);
CREATE INDEX devices_expired ON devices (expires_at);

CREATE TABLE memberships (
    tenant_id   TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    user_id     TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, user_id)
);
CREATE INDEX memberships_of_user ON memberships (user_id, tenant_id);

CREATE TABLE roles (
    tenant_id   TEXT COLLATE "C" NOT NULL,
    name        TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C" NOT NULL,
    builtin     BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, name)
);
CREATE TABLE role_permissions (
    tenant_id   TEXT COLLATE "C" NOT NULL,
    role        TEXT COLLATE "C" NOT NULL,
    permission  TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, role, permission),
    FOREIGN KEY (tenant_id, role) REFERENCES roles (tenant_id, name) ON DELETE CASCADE
);
-- given_in: the tenant in which the user has the role; tenant_id: whose role it is.
CREATE TABLE user_roles (
    user_id     TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    given_in    TEXT COLLATE "C" NOT NULL,
    tenant_id   TEXT COLLATE "C" NOT NULL,
    role        TEXT COLLATE "C" NOT NULL,
    given_at    BIGINT NOT NULL,
    PRIMARY KEY (user_id, given_in, tenant_id, role),
    FOREIGN KEY (tenant_id, role) REFERENCES roles (tenant_id, name) ON DELETE CASCADE
);
CREATE INDEX user_roles_of_role ON user_roles (tenant_id, role);

-- What is there from the start.
INSERT INTO tenants (id, slug, name, status, created_at, updated_at)
VALUES ('00000000-0000-7000-8000-000000000001', 'default', 'Default', 'active', 0, 0);
INSERT INTO roles (tenant_id, name, description, builtin)
VALUES ('', 'user', 'Signs in and sees other users', 1),
       ('', 'moderator', 'Sees and changes users', 1),
       ('', 'admin', 'May do everything', 1);
INSERT INTO role_permissions (tenant_id, role, permission)
VALUES ('', 'user', 'users:read'),
       ('', 'moderator', 'users:read'),
       ('', 'moderator', 'users:write'),
       ('', 'admin', 'users:read'),
       ('', 'admin', 'users:write'),
       ('', 'admin', 'users:delete'),
       ('', 'admin', 'admin:*');

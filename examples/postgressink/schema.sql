-- One SecurityTrax-like account. Records that people enter by hand have no
-- Alarm.com id.
CREATE TABLE IF NOT EXISTS offices (
    id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);
CREATE TABLE IF NOT EXISTS customer_tags (LIKE offices INCLUDING ALL);
CREATE TABLE IF NOT EXISTS permission_groups (LIKE offices INCLUDING ALL);
CREATE TABLE IF NOT EXISTS user_tags (LIKE offices INCLUDING ALL);

CREATE TABLE IF NOT EXISTS users (
    id                  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    alarm_com_id        text UNIQUE CHECK (alarm_com_id <> ''),
    username            text NOT NULL CHECK (username <> ''),
    first_name          text NOT NULL,
    last_name           text NOT NULL,
    email               text NOT NULL,
    cell_phone          text NOT NULL,
    street1             text NOT NULL,
    street2             text NOT NULL,
    city                text NOT NULL,
    state               text NOT NULL,
    zip                 text NOT NULL,
    country             text NOT NULL,
    active              boolean NOT NULL,
    can_login           boolean NOT NULL,
    permission_group_id bigint REFERENCES permission_groups,
    tags                text[] NOT NULL,
    custom              jsonb NOT NULL,
    CONSTRAINT email_for_login CHECK (email <> '' OR NOT can_login)
);
CREATE UNIQUE INDEX IF NOT EXISTS users_username ON users (lower(username));

-- The outbox: one row for each user to be mailed name and password, ever.
CREATE TABLE IF NOT EXISTS login_emails (
    user_id bigint PRIMARY KEY REFERENCES users,
    sent_at timestamptz
);

CREATE TABLE IF NOT EXISTS customers (
    id                    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    alarm_com_id          text UNIQUE CHECK (alarm_com_id <> ''),
    first_name            text NOT NULL,
    last_name             text NOT NULL,
    business_name         text NOT NULL,
    phone1                text NOT NULL,
    email                 text NOT NULL,
    address1              text NOT NULL,
    city                  text NOT NULL,
    state                 text NOT NULL,
    zip                   text NOT NULL,
    sale_date             date,
    service_two_way_voice boolean NOT NULL,
    account_number        text NOT NULL,
    receiver_number       text NOT NULL,
    custom                jsonb NOT NULL,
    rep_id                bigint REFERENCES users,
    office_id             bigint REFERENCES offices,
    tag_ids               text[] NOT NULL,
    CONSTRAINT some_name CHECK (last_name <> '' OR business_name <> '')
);

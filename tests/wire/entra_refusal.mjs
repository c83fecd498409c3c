// SPDX-License-Identifier: Apache-2.0
// How Entra ID and Graph say no.

// At the endpoints of sign-in: the number is what programs go by (entra.md 1.11).
export function refusal(status, error, code, text, more = {}) {
  const timestamp = '2026-01-05 10:11:12Z';
  return { status, body: { error, error_description: `AADSTS${code}: ${text} Trace ID: 0 Timestamp: ${timestamp}`, error_codes: [code], timestamp, ...more } };
}

// At Graph (entra.md 5).
export const denial = (status, code, message) =>
  ({ status, body: { error: { code, message, innerError: { date: '2026-01-05T10:11:12', 'request-id': '0' } } } });

// SPDX-License-Identifier: Apache-2.0
// Mails by SMTP in every language: subject and sender as RFC 2047 wants them, the text whole; in the language of the
// account, which is what its owner chose or signed in with.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client, PASSWORD, signIn, tokenIn, totp } from './client.mjs';
import { startServer } from './server.mjs';
import { startSmtpSink } from './smtp_sink.mjs';

const OTHER = 'Another-horse-9-battery';
// What a person asks for, the tag it becomes, and how the mails begin: verify, reset, changed, new sign-in, factor, erased.
const LANGUAGES = {
  'en-GB': ['en', 'Hello', 'Please confirm your e-mail address', 'Reset your password', 'Your password was changed', 'A new sign-in to your account', 'The second factor of your account was changed', 'Your account was erased'],
  'de-AT': ['de', 'Guten Tag', 'Bitte bestätigen Sie Ihre E-Mail-Adresse', 'Setzen Sie Ihr Passwort zurück', 'Ihr Passwort wurde geändert', 'Neue Anmeldung bei Ihrem Konto', 'Der zweite Faktor Ihres Kontos wurde geändert', 'Ihr Konto wurde gelöscht'],
  'fr-CA': ['fr', 'Bonjour', 'Confirmez votre adresse e-mail', 'Réinitialisez votre mot de passe', 'Votre mot de passe a été modifié', 'Nouvelle connexion à votre compte', 'Le second facteur de votre compte a été modifié', 'Votre compte a été supprimé'],
  'es-419': ['es', 'Hola', 'Confirme su dirección de correo electrónico', 'Restablezca su contraseña', 'Su contraseña ha cambiado', 'Nuevo inicio de sesión en su cuenta', 'Ha cambiado el segundo factor de su cuenta', 'Su cuenta se ha eliminado'],
  'zh-CN': ['zh-Hans', '您好', '请确认您的邮箱地址', '重置您的密码', '您的密码已更改', '您的账户有新的登录', '您账户的双重验证已更改', '您的账户已删除'],
  ja: ['ja', 'こんにちは', 'メールアドレスの確認をお願いします', 'パスワードの再設定', 'パスワードが変更されました', 'アカウントへの新しいサインイン', 'アカウントの 2 段階認証が変更されました', 'アカウントが削除されました'],
};

let server, sink;

before(async () => {
  sink = await startSmtpSink();
  server = await startServer({
    env: {
      AUTH_SMTP_URL: `smtp://127.0.0.1:${sink.port}`, AUTH_MAIL_FROM: '"Köhler & Söhne" <no-reply@example.com>', AUTH_RATE_LIMIT: 'off',
      AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1',
    },
  });
});
after(async () => {
  await server?.stop();
  await sink?.close();
});

// The `n`th mail to the address: what came, decoded, is what was meant.
async function letter(email, n, subject) {
  const mail = await sink.mailTo(email, n);
  assert.equal(mail.subject, subject);
  assert.equal(mail.sender, 'Köhler & Söhne <no-reply@example.com>');
  assert.deepEqual(mail.long, []);
  assert.match(mail.headers['content-type'], /charset=utf-8/);
  assert.doesNotMatch(mail.text, /[{}\uFFFD]/);
  return mail;
}

for (const [asked, [locale, hello, verify, reset, changed, signedIn, factor, erased]] of Object.entries(LANGUAGES)) {
  test(`all mails to somebody who reads ${asked}`, async () => {
    const email = `ada-${locale.toLowerCase()}@example.com`;
    const person = new Client(server.url, { headers: { 'accept-language': `${asked}, fi;q=0.9` } });
    const anybody = new Client(server.url);
    const done = async (answer, status = 204) => assert.equal((await answer).status, status, (await answer).text);

    await done(person.post('/auth/register', { email, password: PASSWORD, full_name: 'Ada' }), 201);
    const first = await letter(email, 1, verify);
    assert.ok(first.text.startsWith(hello), first.text);
    await done(person.post('/auth/verify-email', { token: tokenIn(first) }));
    const { access_token: token } = await signIn(person, email);
    assert.equal((await person.get('/auth/me', { token })).json.locale, locale);

    // From here on the account has a language, whoever asks, and in whatever language.
    await done(anybody.post('/auth/forgot-password', { email }), 202);
    await done(anybody.post('/auth/reset-password', { token: tokenIn(await letter(email, 2, reset)), password: OTHER }));
    assert.ok((await letter(email, 3, changed)).text.includes('Ada'));
    const again = await signIn(new Client(server.url, { headers: { 'accept-language': 'it', 'user-agent': 'Elsewhere/1' } }), email, { password: OTHER });
    await letter(email, 4, signedIn);
    const { json: { secret } } = await anybody.post('/auth/me/mfa/totp', {}, { token: again.access_token });
    await done(anybody.post('/auth/me/mfa/totp/confirm', { code: await totp(secret) }, { token: again.access_token }), 200);
    await letter(email, 5, factor);
    await done(anybody.delete('/auth/me', { token: again.access_token, json: { password: OTHER } }));
    await letter(email, 6, erased);
  });
}

test('a language that was chosen counts from then on, and one that we have not is refused', async () => {
  const email = 'grace@example.com';
  const client = new Client(server.url);
  await client.post('/auth/register', { email, password: PASSWORD, full_name: 'Grace' });
  await client.post('/auth/verify-email', { token: tokenIn(await letter(email, 1, LANGUAGES['en-GB'][2])) });
  const { access_token: token } = await signIn(client, email);
  assert.equal((await client.get('/auth/me', { token })).json.locale, null);
  const changed = await client.put('/auth/me', { full_name: 'Grace', locale: 'ja' }, { token });
  assert.equal(changed.json.locale, 'ja', changed.text);
  for (const locale of ['tlh', 'ja-JP', 'zh'])
    assert.equal((await client.put('/auth/me', { full_name: 'Grace', locale }, { token })).status, 400);
  await client.post('/auth/forgot-password', { email }, { headers: { 'accept-language': 'de' } });
  await letter(email, 2, LANGUAGES.ja[3]);
});

// npm's certified oidc-provider, on a free loopback port. The first line of the
// standard input is a JSON object: the one client, and the features to change.
// The first line of the standard output is the issuer. It ends when its
// standard input does.
import http from 'node:http';
import readline from 'node:readline';
import Provider from 'oidc-provider';

const input = readline.createInterface({ input: process.stdin });
const { client, features } = JSON.parse((await input[Symbol.asyncIterator]().next()).value);
process.stdin.on('end', () => process.exit()).resume();

const account = (id) => ({
  accountId: id,
  claims: () => ({ sub: id, name: 'Ada Lovelace', email: 'ada@example.com' }),
});

const server = http.createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [client],
    claims: { openid: ['sub'], profile: ['name'], email: ['email'] },
    cookies: { keys: ['only for tests'] },
    features: {
      backchannelLogout: { enabled: true },
      revocation: { enabled: true },
      ...features,
    },
    // Its own dispatcher refuses loopback addresses.
    fetch: (url, { dispatcher, ...options }) => globalThis.fetch(url, options),
    findAccount: (_, id) => account(id),
    issueRefreshToken: () => true,
    rotateRefreshToken: true,
    ttl: { AccessToken: 2 },
  });
  const errors = ['server_error', 'authorization.error', 'grant.error', 'pushed_authorization_request.error',
    'revocation.error', 'end_session.error', 'backchannel.error'];
  for (const event of errors) {
    provider.on(event, (ctx, error) => console.error(event, error));
  }
  provider.on('grant.success', (ctx) => console.error('granted', ctx.oidc.params.grant_type));
  server.on('request', provider.callback());
  console.log(issuer);
});

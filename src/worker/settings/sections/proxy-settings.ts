/** What is believed of proxies in front of the workers. */
export const proxySettings = {
  forwardedAllowIps: {
    section: 'Proxies',
    type: 'list',
    default: ['127.0.0.1', '::1'],
    value: 'IP',
    env: 'FORWARDED_ALLOW_IPS',
    about:
      'proxies whose fields `-k gateway` believes: addresses, networks (`10.0.0.0/8`), `*` for everybody; peers of unix sockets are believed too. Express and Fastify have settings of their own',
  },
  secureSchemeHeaders: {
    section: 'Proxies',
    type: 'record',
    default: {
      'X-FORWARDED-PROTOCOL': 'ssl',
      'X-FORWARDED-PROTO': 'https',
      'X-FORWARDED-SSL': 'on',
    },
    value: 'NAME=VALUE',
    about:
      'fields of such a proxy that make `wsgi.url_scheme` `https`, and their value; a contradiction is answered with 400',
  },
  forwarderHeaders: {
    section: 'Proxies',
    type: 'list',
    default: ['SCRIPT_NAME', 'PATH_INFO'],
    value: 'NAME',
    about: 'fields with an underscore that such a proxy may send; those of others are left out',
  },
} as const;

/** TLS on every socket of the workers. */
export const tlsSettings = {
  certfile: {
    section: 'TLS',
    type: 'string',
    default: null,
    value: 'FILE',
    about:
      'a certificate in PEM, followed by those between it and the root: all sockets speak TLS ([tls.md](tls.md)). Read when a worker starts, before it becomes `user`; HUP brings a renewed one into service',
  },
  keyfile: {
    section: 'TLS',
    type: 'string',
    default: null,
    value: 'FILE',
    about: 'the private key of the certificate in PEM',
  },
  caCerts: {
    section: 'TLS',
    type: 'string',
    default: null,
    value: 'FILE',
    about: 'CAs in PEM: clients are only served with a certificate of theirs',
  },
  certReqs: {
    section: 'TLS',
    type: 'string',
    choices: ['required', 'none', '2', '0'],
    default: null,
    value: 'WHO',
    about:
      'whether clients need a certificate, by name or by gunicorn’s number. Without `caCerts` it has to be said that they need none',
  },
  tlsProfile: {
    section: 'TLS',
    type: 'string',
    choices: ['intermediate', 'degu'],
    default: 'intermediate',
    value: 'NAME',
    gunicorn: null,
    about: 'protocol versions and cipher suites',
  },
} as const;

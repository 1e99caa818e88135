/** Where to listen. */
export const socketSettings = {
  bind: {
    section: 'Sockets',
    type: 'list',
    default: ['127.0.0.1:8000'],
    short: 'b',
    value: 'ADDRESS',
    about:
      'where to listen, may be repeated: `HOST:PORT`, `:PORT`, `PORT`, `[IPV6]:PORT`, `[IPV6%INTERFACE]:PORT`, `unix:PATH`, `unix:@ABSTRACT`, `fd://N`. With the environment variable PORT the default is `0.0.0.0:$PORT`',
  },
  socketMode: {
    section: 'Sockets',
    type: 'string',
    default: null,
    value: 'OCTAL',
    gunicorn: null,
    about: 'permissions of the files of unix sockets, such as `660`; null: as `umask` leaves them',
  },
  socketOwner: {
    section: 'Sockets',
    type: 'string',
    default: null,
    value: 'USER[:GROUP]',
    gunicorn: null,
    about: 'whom the files of unix sockets belong to; null: `user` and `group`',
  },
} as const;

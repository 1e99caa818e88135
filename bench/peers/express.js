import { createServer } from 'node:http';

import express from 'express';

import { expressApp } from './apps/express.js';
import { announce, listenAddress } from './listen-address.js';

// The benchmark's connections outlive the default idle limit.
createServer({ keepAliveTimeout: 0 }, expressApp(express)).listen(listenAddress(), announce);

import type { NetConnectOpts, ListenOptions, Server } from 'node:net';

/** Accepts connections as `from` says and joins each to a new one to `to`. */
export function forward(from: ListenOptions, to: NetConnectOpts): Promise<Server>;
/** The socket in the profile's folder through which the secluded browser reaches n8n. */
export function toN8n(profile: string): string;
/** The socket in the profile's folder at which the secluded browser is controlled. */
export function toDebugger(profile: string): string;

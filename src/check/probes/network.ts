export { clockAhead, probeCertificate } from './certificate';
export { probeDns } from './dns';
export { probeHttp } from './http/probe';
export type { NetworkReason } from './network/faults';
export { probeTcp } from './tcp';

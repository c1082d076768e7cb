// Loaded when the first certificate is looked at.
export { checkCertificate } from './check-host';
export { clockOfServers } from './clock';
export { domainExpiry } from './domain';
export { readCertificateFiles } from './files/read';
export { checkCertificates } from './many';

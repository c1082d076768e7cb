export { backUpSite } from './back-up';
export { listSite } from './list';
export { restoreSite } from './restore-site';
export { verifySite } from './verify-site';

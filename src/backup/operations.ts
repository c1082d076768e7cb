export { backUpSite } from './back-up';
export { listSite } from './list';
export { planRestore, restoreSite } from './restore-site';
export { verifySite } from './verify-site';

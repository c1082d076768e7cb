export { backUpSite } from './back-up';
export { drillSite } from './drill/drill-site';
export { listSite } from './list';
export { planRestore, restoreSite } from './restore-site';
export { verifySite } from './verify-site';

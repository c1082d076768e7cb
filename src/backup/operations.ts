import { backUpSite as backUp } from './back-up';
import { afterRecovery } from './consistency/after-recovery';
import { drillSite as drill } from './drill/drill-site';
import { listSite as list } from './list';
import { planRestore as plan, restoreSite as restore } from './restore-site';
import { verifySite as verify } from './verify-site';

// Every operation first brings back what a killed run has left behind.
export const backUpSite = afterRecovery(backUp);
export const drillSite = afterRecovery(drill);
export const listSite = afterRecovery(list);
export const planRestore = afterRecovery(plan);
export const restoreSite = afterRecovery(restore);
export const verifySite = afterRecovery(verify);

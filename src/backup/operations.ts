import { backUpSite as backUp } from './back-up';
import { afterRecovery } from './consistency/after-recovery';
import { drillSite as drill } from './drill/drill-site';
import { listKeptCopies as listKept, removeKeptCopies as removeKept } from './kept/kept-copies';
import { listSite as list } from './list';
import { confirmSite as confirm, holdSite as hold, releaseSite as release } from './mark-site';
import { pruneSite as prune } from './prune-site';
import { planRestore as plan, restoreSite as restore } from './restore-site';
import { statusSite as status } from './status-site';
import { verifySite as verify } from './verify-site';

// Every operation first brings back what a killed run has left behind.
export const backUpSite = afterRecovery(backUp);
export const confirmSite = afterRecovery(confirm);
export const drillSite = afterRecovery(drill);
export const holdSite = afterRecovery(hold);
export const listKeptCopies = afterRecovery(listKept);
export const listSite = afterRecovery(list);
export const planRestore = afterRecovery(plan);
export const pruneSite = afterRecovery(prune);
export const releaseSite = afterRecovery(release);
export const removeKeptCopies = afterRecovery(removeKept);
export const restoreSite = afterRecovery(restore);
export const statusSite = afterRecovery(status);
export const verifySite = afterRecovery(verify);

import { errorMessage } from '../../../../src/shared';
import type { Operation, Session } from '../operation';
import { keptReceipts } from '../receipts';

export const check: Operation = {
	description: [],
	async execute(_context, session) {
		const seen = await session.records.checkStore(session.store);
		if (seen.state !== 'current' || seen.tenantFound === false) return [seen];
		try {
			return [{ ...seen, ...(await receiptsSeen(session)) }];
		} catch (thrown) {
			// The store is well; only whether it was restored cannot be said.
			return [{ ...seen, receiptsToApply: 'unknown', receiptWarning: errorMessage(thrown) }];
		}
	},
};

/** Erasures that this n8n has kept the receipts of, and the database knows nothing of. */
async function receiptsSeen(session: Session): Promise<object> {
	const kept = keptReceipts(session);
	const { receipts, ofOtherKeys } = await kept.of(session.store);
	const known = new Set((await kept.keepAllOf(session.store)).map(({ id }) => id));
	const receiptsToApply = receipts.filter(({ id }) => !known.has(id)).length;
	const receiptsKept = receipts.length;
	if (receiptsToApply > 0)
		return {
			...{ receiptsKept, receiptsToApply, receiptsOfOtherKeys: ofOtherKeys },
			message: `The store is up to date, but was restored: it does not know ${receiptsToApply} erasures that were made here.`,
			remedy: 'Run Privacy: Apply Receipts before anything is served.',
		};
	if (ofOtherKeys > 0)
		return {
			...{ receiptsKept, receiptsToApply, receiptsOfOtherKeys: ofOtherKeys },
			receiptWarning: `${ofOtherKeys} receipts are kept here for a tenant of this name that were made with another key: of another database, or of this one before its table tenant_peppers was lost.`,
		};
	return { receiptsKept, receiptsToApply };
}

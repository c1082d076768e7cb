import type { Operation, Session } from '../operation';
import { keptReceipts } from '../receipts';

export const check: Operation = {
	description: [],
	async execute(_context, session) {
		const seen = await session.records.checkStore(session.store);
		if (seen.state !== 'current' || seen.tenantFound === false) return [seen];
		const receiptsToApply = await unknownReceipts(session);
		if (receiptsToApply === 0) return [{ ...seen, receiptsToApply }];
		return [
			{
				...seen,
				receiptsToApply,
				message: `The store is up to date, but was restored: it does not know ${receiptsToApply} erasures that were made here.`,
				remedy: 'Run Privacy: Apply Receipts before anything is served.',
			},
		];
	},
};

/** Erasures that this n8n has kept the receipts of, and the database knows nothing of. */
async function unknownReceipts(session: Session): Promise<number> {
	const kept = await keptReceipts(session).of(session.store);
	if (kept.length === 0) return 0;
	const known = new Set((await session.chat.getReceipts(session.store)).map(({ id }) => id));
	return kept.filter(({ id }) => !known.has(id)).length;
}

import { errorMessage, n8nStateFolder, OpsdeskError, openStateFolder } from '../../../src/shared';
import type { KeptReceipts, Receipt } from '../../../src/chat';
import type { Session } from './operation';

/** Those kept by this n8n, outside the database. @throws StateError in queue mode without a common folder */
export function keptReceipts({ chat }: Pick<Session, 'chat'>): KeptReceipts {
	return new chat.KeptReceipts(openStateFolder(n8nStateFolder()));
}

/** What was erased is erased, whether its receipt can be kept here or not; the result says so. */
export async function withKeptReceipt<Result extends object>(
	session: Session,
	result: Result & { receipt?: Receipt },
): Promise<object> {
	const isRepeated = 'status' in result && result.status === 'anonymisedBefore';
	if (result.receipt === undefined && !isRepeated) return result;
	try {
		// That of the first time may have been lost with its answer.
		if (result.receipt === undefined) await keptReceipts(session).keepAllOf(session.store);
		else await keptReceipts(session).keep(result.receipt);
		return { ...result, receiptKept: true };
	} catch (thrown) {
		const remedy = thrown instanceof OpsdeskError ? thrown.remedy : 'Keep the receipt in another place.';
		return { ...result, receiptKept: false, receiptWarning: `${errorMessage(thrown)} ${remedy}` };
	}
}

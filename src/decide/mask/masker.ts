import { maskRules, type MaskKind } from './kinds';

/** Whose words a text is: what is masked in the message itself may come back in the answer to it. */
export type Origin = 'message' | 'other';

interface Kept {
	value: string;
	placeholder: string;
	/** Whether the message itself holds it. */
	isOwn: boolean;
}

const placeholders = /⟦\s*(\p{L}+)[\s_-]*(\d+)\s*⟧/gu;
const unknown = '***';

/**
 * Keeps personal data from a model: cards, accounts, telephones, addresses and secrets become placeholders such as
 * `⟦card-1⟧`, the same one for the same value. In the answer they become values again, but only those that the message
 * itself held: what another person wrote is not handed to this one.
 */
export class Masker {
	private readonly kept: Kept[] = [];

	/**
	 * @param text as it was written
	 * @param origin whether it is the message that is answered, or anything else that the model reads
	 */
	mask(text: string, origin: Origin): string {
		// Nobody writes a placeholder of their own.
		let masked = text
			.replace(/\p{Cf}/gu, '')
			.replace(/[⟦⟧]/g, '|')
			.normalize('NFKC');
		for (const { kind, pattern, holds } of maskRules) {
			masked = masked.replace(pattern, (found) => (holds(found) ? this.keep(kind, found, origin) : found));
		}
		return masked;
	}

	/** Puts values back into an answer. A placeholder without a value that may be told becomes `***`. */
	restore(answer: string): string {
		return answer.replace(placeholders, (_, kind: string, number: string) => {
			const placeholder = `⟦${kind.toLowerCase()}-${number}⟧`;
			const found = this.kept.find((kept) => kept.placeholder === placeholder);
			return found?.isOwn ? found.value : unknown;
		});
	}

	/** Every value that was masked, for checks that none of them went out. */
	values(): string[] {
		return this.kept.map(({ value }) => value);
	}

	private keep(kind: MaskKind, value: string, origin: Origin): string {
		const before = this.kept.find((kept) => kept.value === value);
		if (before) {
			before.isOwn ||= origin === 'message';
			return before.placeholder;
		}
		const number = this.kept.filter(({ placeholder }) => placeholder.startsWith(`⟦${kind}-`)).length + 1;
		const kept = { value, placeholder: `⟦${kind}-${number}⟧`, isOwn: origin === 'message' };
		this.kept.push(kept);
		return kept.placeholder;
	}
}

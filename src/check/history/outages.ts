import { z } from 'zod';

import { SharedDocument, shorten, type StateStore } from '../../shared';

const instant = z.number().int();
const outage = z.object({
	key: z.string().max(500),
	/** The first and the first good result, in milliseconds since 1970. */
	from: instant,
	to: instant,
	message: z.string().max(200),
});
/** A time in which a target failed, by its thresholds, that is over. */
export type Outage = z.infer<typeof outage>;

/** The newest so many are kept. */
const mostOutages = 500;
const outagesDocument = z.object({ version: z.literal(1), outages: z.array(outage).max(mostOutages) });

/** The outages of a set that are over, oldest end first. */
export class Outages {
	private readonly document: SharedDocument<z.infer<typeof outagesDocument>>;

	constructor(store: StateStore, set: string) {
		this.document = new SharedDocument(store, `checks/${set}/outages`, {
			title: `The outages of the checks "${set}"`,
			schema: outagesDocument,
			empty: { version: 1, outages: [] },
		});
	}

	/** @throws StateError */
	async add(ended: readonly Outage[]): Promise<void> {
		if (ended.length === 0) return;
		const added = ended.map((one) => ({ ...one, message: shorten(one.message, 200) }));
		await this.document.change(({ outages }) => ({
			value: { version: 1, outages: [...outages, ...added].slice(-mostOutages) },
			result: undefined,
		}));
	}

	/** @throws StateError */
	async read(): Promise<Outage[]> {
		return (await this.document.read()).outages;
	}
}

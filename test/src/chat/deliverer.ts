import { storeMessages } from '../../../src/chat';
import { openStore } from '../../../src/store';

/** A worker that delivers the same messages many times at once, and tells each it knows to be stored. */
const { access, tenant, deliveries, messages } = JSON.parse(process.argv[2] ?? '{}') as {
	access: Parameters<typeof openStore>[0];
	tenant: string;
	deliveries: number;
	messages: number;
};

async function main(): Promise<void> {
	const store = openStore(access, { tenant });
	const all = Array.from({ length: messages }, (_, n) => ({
		platform: 'telegram',
		id: `d${n}`,
		chat: { id: `c${n % 5}`, kind: 'group' as const },
		sender: { id: `u${n % 17}`, name: `U${n % 17}` },
		sentAt: new Date(Date.UTC(2026, 0, 5) + n * 1000),
		text: `text ${n}`,
	}));
	await Promise.all(
		Array.from({ length: deliveries }, async () => {
			const shuffled = all.map((one) => ({ one, at: Math.random() })).sort((a, b) => a.at - b.at);
			for (let from = 0; from < messages; from += 100) {
				const batch = shuffled.slice(from, from + 100).map(({ one }) => one);
				const stored = await storeMessages(store, batch);
				process.stdout.write(`${JSON.stringify(stored.map(({ status }, n) => [batch[n]?.id, status]))}\n`);
			}
		}),
	);
	await store.close();
}

main().catch((thrown: unknown) => {
	process.stderr.write(`${String(thrown)}\n`);
	process.exitCode = 1;
});

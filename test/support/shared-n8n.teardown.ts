/** Ends the shared n8n and removes all it left. */
export default async function tearDown(): Promise<void> {
	await globalThis.sharedN8nScope?.close();
}

import { z, type ZodType } from 'zod';
import type { N8nRequest } from './http';
import { poll } from './poll';

/** A request to `/rest/…` as the owner. */
export type RestRequest = <T>(path: string, schema: ZodType<T>, request?: N8nRequest) => Promise<T>;

const statusSchema = z.object({
	status: z.enum(['in_progress', 'not_published', 'published', 'partial', 'failed']),
	triggers: z.array(z.object({ status: z.string(), errorMessage: z.string().nullish() })),
});

/** Switching workflows on and off; n8n answers at once and does the work afterwards. */
export class Publication {
	constructor(private readonly rest: RestRequest) {}

	/** Throws with n8n's own words when a trigger could not be started. */
	async activate(id: string, versionId: string, timeoutMs: number): Promise<void> {
		await this.rest(`workflows/${id}/activate`, z.unknown(), { method: 'POST', body: { versionId } });
		const { status, triggers } = await this.settled(id, timeoutMs);
		if (status !== 'partial' && status !== 'failed') return;
		const reasons = triggers.flatMap(({ errorMessage }) => errorMessage ?? []);
		throw new Error(`Workflow ${id} was not activated: ${reasons.join('; ')}`);
	}

	async deactivate(id: string, timeoutMs: number): Promise<void> {
		await this.rest(`workflows/${id}/deactivate`, z.unknown(), { method: 'POST', body: {} });
		await this.settled(id, timeoutMs);
	}

	private async settled(id: string, timeoutMs: number): Promise<z.infer<typeof statusSchema>> {
		const found = await poll(timeoutMs, async () => {
			const answer = await this.rest(`workflows/${id}/publication-status`, statusSchema);
			return answer.status === 'in_progress' ? undefined : answer;
		});
		if (!found) throw new Error(`n8n did not finish publishing workflow ${id} within ${timeoutMs} ms.`);
		return found;
	}
}

import { type z } from 'zod';

import { Access } from './access';
import type { EngineConnection } from './connection';
import { Engine } from './engine';
import { inspectedNetwork, maskedValues } from './definition';

/** The networks of one engine, within the rights of one credential. */
export class Networks {
	private readonly engine: Engine;
	private readonly access: Access;

	constructor(connection: EngineConnection) {
		this.engine = new Engine(connection);
		this.access = new Access(connection);
	}

	/**
	 * What a network is made of, without what is connected to it now.
	 * @param masked options that may hold secrets are left out
	 */
	async definition(
		name: string,
		masked: boolean,
		signal?: AbortSignal,
	): Promise<z.infer<typeof inspectedNetwork>> {
		this.access.requireAction('inspect');
		const found = await this.engine.call(
			{ path: `/networks/${encodeURIComponent(name)}`, signal },
			inspectedNetwork,
		);
		return masked ? { ...found, Options: maskedValues(found.Options ?? {}) } : found;
	}
}

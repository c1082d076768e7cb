import type { StorelessOperation } from '../operation';

export const getSql: StorelessOperation = {
	description: [],
	async executeAlone(_context, { records, settings }) {
		return await Promise.resolve([
			{
				sql: records.schemaScript(settings.schema),
				notes: records.exposureNotes(settings.schema),
			},
		]);
	},
};

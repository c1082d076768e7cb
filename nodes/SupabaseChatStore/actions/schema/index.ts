import type { INodeProperties } from 'n8n-workflow';

import { resourceDescription } from '../../../shared/resource';
import type { AnyOperation } from '../operation';
import { check } from './check.operation';
import { getSql } from './getSql.operation';
import { install } from './install.operation';

export const operations: Record<string, AnyOperation> = { check, getSql, install };

export const description: INodeProperties[] = resourceDescription(
	'schema',
	operations,
	[
		{
			name: 'Check',
			value: 'check',
			action: 'Check the schema',
			description: 'Say whether the store is installed, up to date and can be reached, and what mends it',
		},
		{
			name: 'Get SQL',
			value: 'getSql',
			action: 'Get the SQL of the schema',
			description: 'Get the script to paste into the SQL editor; it needs no credential',
		},
		{
			name: 'Install',
			value: 'install',
			action: 'Install the schema',
			description: 'Install the store, or bring it up to date, over a Postgres credential',
		},
	],
	'check',
);

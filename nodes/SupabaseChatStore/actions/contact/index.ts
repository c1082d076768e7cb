import type { INodeProperties } from 'n8n-workflow';

import { resourceDescription } from '../../../shared/resource';
import { liftHoldOf } from '../lift-hold';
import type { AnyOperation } from '../operation';
import { anonymise } from './anonymise.operation';
import { erase } from './erase.operation';
import { exportContact } from './export.operation';
import { findOrCreate } from './findOrCreate.operation';
import { get } from './get.operation';
import { getConsent } from './getConsent.operation';
import { getMany } from './getMany.operation';
import { linkIdentity } from './linkIdentity.operation';
import { merge } from './merge.operation';
import { placeHold } from './placeHold.operation';
import { reseal } from './reseal.operation';
import { setConsent } from './setConsent.operation';
import { update } from './update.operation';

export const operations: Record<string, AnyOperation> = {
	anonymise,
	erase,
	export: exportContact,
	findOrCreate,
	get,
	getConsent,
	getMany,
	liftHold: liftHoldOf('contact'),
	linkIdentity,
	merge,
	placeHold,
	reseal,
	setConsent,
	update,
};

export const description: INodeProperties[] = resourceDescription('contact', operations, [
	{
		name: 'Anonymise',
		value: 'anonymise',
		action: 'Anonymise contact',
		description: 'Put a pseudonym in place of a person; what they wrote stays, without names, IDs and files',
	},
	{
		name: 'Erase',
		value: 'erase',
		action: 'Erase contact',
		description: 'Remove a person with all they have written and their names in what others wrote',
	},
	{
		name: 'Export',
		value: 'export',
		action: 'Export contact',
		description: 'Get everything about a person and all they have written as a file',
	},
	{
		name: 'Find or Create',
		value: 'findOrCreate',
		action: 'Find or create contact',
		description: 'Get the contact of an identity; a new one where there is none',
	},
	{ name: 'Get', value: 'get', action: 'Get contact', description: 'Get one contact with counts' },
	{
		name: 'Get Consent',
		value: 'getConsent',
		action: 'Get consent of a contact',
		description: 'Get what a person allows, and when and where they have said so',
	},
	{
		name: 'Get Many',
		value: 'getMany',
		action: 'Get many contacts',
		description: 'Get contacts by email, phone, name, status or tag',
	},
	{
		name: 'Lift Hold',
		value: 'liftHold',
		action: 'Lift the hold on a contact',
		description: 'End a hold; names that were to be masked meanwhile are masked now',
	},
	{
		name: 'Link Identity',
		value: 'linkIdentity',
		action: 'Link an identity to a contact',
		description: 'Say how the same person is known on another platform',
	},
	{
		name: 'Merge',
		value: 'merge',
		action: 'Merge contacts',
		description: 'Join two contacts that are one person; what either has refused stays refused',
	},
	{
		name: 'Place Hold',
		value: 'placeHold',
		action: 'Place a hold on a contact',
		description: 'Keep what belongs to a person from being erased or removed',
	},
	{
		name: 'Reseal Fields',
		value: 'reseal',
		action: 'Reseal fields of contacts',
		description:
			'Seal email, phone and real name of all contacts with the current key: those that are plain, and those of former keys',
	},
	{
		name: 'Set Consent',
		value: 'setConsent',
		action: 'Set consent of a contact',
		description: 'Record what a person allows or refuses',
	},
	{
		name: 'Update',
		value: 'update',
		action: 'Update contact',
		description: 'Set fields of a contact',
	},
]);

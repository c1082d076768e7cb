import type { IExecuteFunctions } from 'n8n-workflow';

import { forOperationsOf } from '../../../shared/fields';
import { locatedReference, locator, type LocatorOptions } from '../locator';

/** Shows the properties only for the given operations on images. */
export const forOperations = forOperationsOf('image');

const options: LocatorOptions = {
	displayName: 'Image',
	name: 'image',
	description: 'A name stands for whatever image has it at that time; an ID stands for this very one',
	searchListMethod: 'searchImages',
	placeholder: 'e.g. nginx:1.27',
	regex: '^[a-zA-Z0-9][a-zA-Z0-9._:/@-]*$',
	errorMessage: 'A name is like nginx:1.27 or ghcr.io/shop/web:2.1',
	byId: true,
};

export const imageLocator = locator(options);

/** What the user chose as image, as the name or id it stands for. */
export function imageReference(context: IExecuteFunctions, itemIndex: number): string {
	return locatedReference(context, itemIndex, options);
}

export { isPublicAddress } from './addresses';
export { fetchMedia, type FetchedMedia, type MediaOptions } from './fetch-media';

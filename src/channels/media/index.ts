export { isPublicAddress } from './addresses';
export { fetchMedia, type Media, type MediaOptions } from './fetch-media';

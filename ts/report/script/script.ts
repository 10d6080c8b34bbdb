import {base} from './base.js';
import {cards} from './cards.js';
import {filters} from './filters.js';
import {viewer} from './viewer.js';

/**
 * The page's script: theme, place in the navigation, filters, and the larger view. The page is whole without it. It must
 * not contain `</script` or `<!--`, and sets what comes from the data as text and attributes only.
 */
export const script = `'use strict';
(() => {
${base}
if (byId('cards')) (() => {
${cards}
${filters}
${viewer}
})();
})();
`;

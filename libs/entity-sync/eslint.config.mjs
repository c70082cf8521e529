import base, { deterministicStyle } from '../../eslint.config.mjs';

export default [...base, ...deterministicStyle];

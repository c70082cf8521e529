export { type CloudTierOptions, type CloudTransfer } from '../tiers/cloud/cloud-options.js';
export { type CloudTier, cloudTier } from '../tiers/cloud/cloud-tier.js';

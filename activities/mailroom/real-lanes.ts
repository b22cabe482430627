/** The lanes to the world outside, and who may enter them: rates, outages and calls under way decide before a row is claimed. */
import type { Admission } from '#db/repositories/delivery-claims.ts'
import { createLanes, type Lanes, type LanesOptions } from './lanes.ts'
import { createProviderHealth, type ProviderHealthOptions } from './provider-health.ts'
import type { Provider } from '../providers/contract.ts'
import { createThrottle, type Rates, type Throttle } from './throttle.ts'

export interface RealLanes {
  lanes: Lanes
  admission: Admission
  /** The claimed messages are in the lanes now: their places are counted there. */
  claimIsHandedOver(): void
  /** How long until somebody who found no place finds one, ms; null when that is not known. */
  freeInMs(): number | null
}

export interface RealLanesOptions extends Omit<LanesOptions, 'isReal' | 'health'> {
  /** Messages that may wait for a lane. */
  batchSize: number
  health: ProviderHealthOptions
}

const unlimited: Rates = { perSecond: null, forDomain: () => null }

/** One throttle per provider: mails and notices that leave by the same server share what it allows. */
const throttles = new WeakMap<Provider, Throttle>()

function throttleOf(provider: Provider): Throttle {
  const known = throttles.get(provider)
  if (known !== undefined) return known
  const throttle = createThrottle(provider.rates ?? unlimited)
  throttles.set(provider, throttle)
  return throttle
}

export function createRealLanes({ batchSize, health: pauses, ...options }: RealLanesOptions): RealLanes {
  const health = createProviderHealth(pauses)
  const throttle = throttleOf(options.provider)
  const lanes = createLanes({ ...options, isReal: true, health })
  /** Places given to the claim under way. */
  let given = 0

  const room = (): number => {
    const most = health.room()
    // One message tries whether the provider is back.
    if (most !== Infinity) return lanes.isEmpty() ? most - given : 0
    // Room for a few is no room: claims of half a batch cost half as much.
    return lanes.waiting() > options.roomAt ? 0 : batchSize - lanes.waiting() - given
  }
  return {
    lanes,
    admission: {
      fullDomains: () => throttle.fullDomains(),
      isFull: () => room() <= 0 || throttle.isFull(),
      take(domain) {
        if (room() <= 0 || !throttle.take(domain)) return false
        given += 1
        return true
      },
      giveBack(domain) {
        given -= 1
        throttle.giveBack(domain)
      },
    },
    claimIsHandedOver: () => (given = 0),
    freeInMs() {
      const now = performance.now()
      const instants = [throttle.freeAt(), health.retryAt()].filter((at) => at !== null)
      return instants.length === 0 ? null : Math.max(1, Math.min(...instants.filter((at) => at > now), now + 500) - now)
    },
  }
}

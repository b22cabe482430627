import {
  changeStop,
  describeSending,
  editAllowList,
  SendingRefused,
  turnHold,
  turnLiveSending,
  type SendingGround,
} from '#activities/sending/switches.ts'
import {
  changeAllowList,
  changeSendingStop,
  getSending,
  setCompanyHold,
  setLiveSending,
  type Sending,
} from '../contract/sending.ts'
import { toInstant } from '../present.ts'
import { HttpProblem } from '../problem.ts'
import { implement, ok, type Implementation } from '../routing.ts'

export function sendingRoutes(ground: SendingGround): Implementation[] {
  const present = async (): Promise<Sending> => {
    const { stops, providers, allowList, ...sending } = await describeSending(ground)
    return {
      ...sending,
      allowList: [...allowList],
      providers: providers.map(({ channel, down }) => ({
        channel,
        down: down === null ? null : { since: toInstant(new Date(down.since)), reason: down.reason },
      })),
      stops: stops.map((stop) => ({ ...stop, since: toInstant(new Date(stop.since)) })),
    }
  }
  const after = async (change: Promise<unknown>) => {
    try {
      await change
    } catch (error) {
      if (error instanceof SendingRefused) throw new HttpProblem(codes[error.code], error.message)
      throw error
    }
    return ok(await present())
  }
  return [
    implement(getSending, async () => ok(await present())),
    implement(setLiveSending, ({ body }, { actor }) => after(turnLiveSending(ground, { ...body, actor }))),
    implement(setCompanyHold, ({ body }, { actor }) => after(turnHold(ground, { ...body, actor }))),
    implement(changeAllowList, ({ body }, { actor }) => after(editAllowList(ground, { ...body, actor }))),
    implement(changeSendingStop, ({ body }, { actor }) => after(changeStop(ground, { ...body, actor }))),
  ]
}

const codes = {
  NO_PROVIDER: 'SENDING_IMPOSSIBLE',
  NO_SENDER: 'SENDING_IMPOSSIBLE',
  NO_POSTAL_ADDRESS: 'SENDING_IMPOSSIBLE',
  PUBLIC_URL_INSECURE: 'SENDING_IMPOSSIBLE',
  ALLOW_LIST_ENTRY_INVALID: 'ALLOW_LIST_ENTRY_INVALID',
  JOURNEY_NOT_FOUND: 'JOURNEY_NOT_FOUND',
  CHANNEL_UNKNOWN: 'CHANNEL_UNKNOWN',
} as const

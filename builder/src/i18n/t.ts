/** The page's words outside of components, and in those that are drawn again by what is around them. */
import type { TFunction } from 'i18next'
import { getI18n } from 'react-i18next'

export const t = ((...given: Parameters<TFunction>) => getI18n().t(...given)) as TFunction

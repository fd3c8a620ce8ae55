import { expect, test } from 'vitest'
import { withoutSecrets } from './redact.ts'

test('what lets one in is taken out of addresses, wherever they are', () => {
  expect(
    withoutSecrets({
      url: 'https://ann:hunter2@shop.example/cart?item=3&access_token=abc&code=4711#id_token=eyJ',
      nested: [{ text: 'Open https://x.example/reset?key=s3cret now.' }],
      count: 3,
      none: null,
    }),
  ).toEqual({
    url: 'https://shop.example/cart?item=3&access_token=…&code=…#…',
    nested: [{ text: 'Open https://x.example/reset?key=… now.' }],
    count: 3,
    none: null,
  })
})

test('what is no secret stays to the letter', () => {
  const data = { url: 'https://shop.example/cart?item=3#/checkout', title: 'Cart: 3 things', at: '2026-01-01T00:00:00.000Z' }
  expect(withoutSecrets(data)).toEqual(data)
})

test('an address with very many values is read in one pass', () => {
  const query = Array.from({ length: 20_000 }, (_, index) => `token${index}=secret&page${index}=1`).join('&')
  const { url } = withoutSecrets({ url: `https://example.com/?${query}` })
  expect(url).not.toContain('secret')
  expect(url).toContain('token19999=…&page19999=1')
})

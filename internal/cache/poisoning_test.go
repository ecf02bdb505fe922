package cache_test

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"

	"pharmacy/internal/cache"
)

var poisoning = []scenario{
	{name: "whatever stands under an entry's key is a miss and is replaced", shared: true, run: func(f *fleet) {
		s := f.process().pages()
		s.loadKey(key("page:sound"), makes("sound"))
		sound := f.raw("page:sound")
		noise := make([]byte, 300)
		for i := range noise {
			noise[i] = byte(rand.Uint32())
		}
		flipped := []byte(sound)
		flipped[len(flipped)/2] ^= 1
		for name, set := range map[string][]any{
			"nothing":             {"set", "", ""},
			"text":                {"set", "", "<html>evil</html>"},
			"noise":               {"set", "", string(noise)},
			"a header alone":      {"set", "", sound[:34]},
			"half an entry":       {"set", "", sound[:len(sound)/2]},
			"a flipped bit":       {"set", "", string(flipped)},
			"an entry and more":   {"set", "", sound + "\x00"},
			"another's entry":     {"set", "", sound},
			"a megabyte of magic": {"set", "", strings.Repeat("PHC1", 1<<18)},
			"a number":            {"incr", ""},
			"a list":              {"lpush", "", "1"},
			"a hash":              {"hset", "", "a", "1"},
			"a set":               {"sadd", "", "1"},
			"a sorted set":        {"zadd", "", "1", "1"},
			"a stream":            {"xadd", "", "*", "a", "1"},
		} {
			k := key("page:poisoned:" + name)
			set[1] = k.Name
			f.server.Do(set...)
			f.server.Do("pexpire", k.Name, 50000)
			made(f, s.loadKey(k, makes("page")), "page")
			found(f, f.process().pages().loadKey(k, makes("never")), cache.Redis, "page")
		}
	}},

	{name: "whatever stands for the generation heals and revives nothing", shared: true, run: func(f *fleet) {
		if f.memory == 0 {
			return // the memory tier holds more that could be revived
		}
		s := f.process().pages()
		for name, set := range map[string][]any{
			"nothing":        {"set", "", ""},
			"a word":         {"set", "", "banana"},
			"zero":           {"set", "", "0"},
			"less than zero": {"set", "", "-1"},
			"infinity":       {"set", "", "inf"},
			"no number":      {"set", "", "nan"},
			"a fraction":     {"set", "", "1.5"},
			"an exponent":    {"set", "", "1e300"},
			"hexadecimal":    {"set", "", "0xffffffffff"},
			"leading zeros":  {"set", "", "0001"},
			"leading space":  {"set", "", " 9"},
			"too large":      {"set", "", "9007199254740993"},
			"far too large":  {"set", "", "99999999999999999999999999"},
			"a list":         {"lpush", "", "1"},
			"a hash":         {"hset", "", "a", "1"},
		} {
			old := string(s.load(makes("old")).Value)
			before, err := strconv.ParseUint(f.generation(), 10, 64)
			if err != nil {
				f.Fatal(err)
			}
			set[1] = "cache:generation"
			f.server.Replace("cache:generation", set...)
			f.server.Do("publish", "cache:generation", "") // otherwise it takes until the next poll
			eventually(f, "the generation heals after "+name, func() bool {
				g, _ := strconv.ParseUint(f.server.Client().Get(f.Context(), "cache:generation").Val(), 10, 64)
				return g > before && g < 1<<52
			})
			text := "after " + name
			if text == old {
				f.Fatal("fresh and stale pages cannot be told apart")
			}
			s.fresh(text)
			eventually(f, "entries are shared again", func() bool {
				s.load(makes(text))
				return f.process().pages().load(makes("newer")).Tier == cache.Redis
			})
		}
	}},

	{name: "a stranger's lease holds up nobody for more than a second", shared: true, run: func(f *fleet) {
		s := f.process().pages()
		var all sync.WaitGroup
		defer all.Wait()
		for _, set := range [][]any{{"set", "", "x"}, {"hset", "", "a", "1"}} {
			k := key("page:" + set[0].(string))
			set[1] = "cache:lock:" + f.generation() + ":" + k.Name
			f.server.Do(set...)
			asked := f.server.Monitor()
			all.Go(func() {
				made(f, s.loadKey(k, makes("page")), "page")
				if n := len(claims(asked(), k.Name)); n < 2 || n > aSecondsClaims {
					f.Errorf("%s: lease requested %d times", k.Name, n)
				}
			})
		}
	}},
}

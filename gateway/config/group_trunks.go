package config

// GroupTrunks are the trunks of a channel group.
type GroupTrunks []GroupTrunk

// GroupTrunk is one of them. A single value stands for its name.
type GroupTrunk struct {
	Name string `yaml:"name"`
	// Priority says when it is tried: the lowest first. 0: after the one in front of it in the list.
	Priority int `yaml:"priority"`
	// Weight is its part in the calls, among those of the same priority. 0: 1.
	Weight int `yaml:"weight"`
}

// shorthand is what a single value stands for.
func (t *GroupTrunk) shorthand() *string { return &t.Name }

// InOrder are trunks that are tried one after the other.
func InOrder(names ...string) GroupTrunks {
	var ts GroupTrunks
	for _, name := range names {
		ts = append(ts, GroupTrunk{Name: name})
	}
	return ts
}

// Names are those of all, in the order of the list.
func (ts GroupTrunks) Names() []string {
	var names []string
	for _, t := range ts {
		names = append(names, t.Name)
	}
	return names
}

// Complete fills in what was left out.
func (ts GroupTrunks) Complete() GroupTrunks {
	full, before := make(GroupTrunks, len(ts)), 0
	for i, t := range ts {
		if t.Priority == 0 {
			t.Priority = before + 1
		}
		if t.Weight == 0 {
			t.Weight = 1
		}
		full[i], before = t, t.Priority
	}
	return full
}

// groupTrunks checks them.
func (k *checker) groupTrunks(path string, ts GroupTrunks, trunks map[string]Trunk) {
	if len(ts) == 0 {
		k.wrong(path, "is missing: list the trunks in the order in which they are tried")
	}
	seen := map[string]bool{}
	for i, t := range ts {
		at := indexed(path, i)
		name := at // where the name stands
		if k.present(at + ".name") {
			name = at + ".name"
		}
		if _, known := trunks[t.Name]; t.Name == "" {
			k.wrong(name, "has no name: give that of a trunk")
		} else if !known {
			k.wrong(name, "there is no trunk of this name: add it to trunks or correct the name")
		}
		if seen[t.Name] && t.Name != "" {
			k.wrong(name, "stands here a second time: keep one")
		}
		seen[t.Name] = true
		if k.present(at + ".priority") {
			k.number(at+".priority", t.Priority, 1, 1000)
		}
		if k.present(at + ".weight") {
			k.number(at+".weight", t.Weight, 1, 1000)
		}
	}
}

"""A zoo of providers: a supplier and everyone who resells it, honest or not, over real HTTP. Test bed and demo."""
